// users/principal.ts: who an access token speaks for, once it has been checked.
export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly scope: string;
}
