// verifier/admission.ts: what every middleware does: reads the header, verifies, and words the refusal.
import { bearerToken } from './bearer.ts';
import type { Principal } from './principal.ts';
import { type Requirements, scopesOf, type Verifier } from './requirements.ts';
import { TokenError, tokenMissing } from './token-error.ts';

export interface ProtectOptions extends Requirements {
  /** Lets in whoever brings no token, as nobody. A bad token is refused all the same. */
  readonly optional?: boolean;
}

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export type Admission =
  | { readonly principal: Principal | null; readonly refusal: null }
  | { readonly principal: null; readonly refusal: Refusal };

/** Throws at once when the options make no sense, not at the first request. */
export function createGate(verifier: Verifier, options: ProtectOptions) {
  scopesOf(options);

  async function admit(authorization: string | undefined): Promise<Principal | null> {
    if (authorization !== undefined) return verifier.verify(bearerToken(authorization), options);
    if (options.optional) return null;
    throw tokenMissing();
  }

  /** `read` gives the value of the Authorization header; it may throw a TokenError. */
  return async (read: () => string | undefined): Promise<Admission> => {
    try {
      return { principal: await admit(read()), refusal: null };
    } catch (error) {
      if (error instanceof TokenError) return { principal: null, refusal: refusalOf(error) };
      throw error;
    }
  };
}

function refusalOf({ status, headers, problem }: TokenError): Refusal {
  const body = JSON.stringify(problem);
  return { status, headers: { ...headers, 'Content-Type': 'application/problem+json' }, body };
}
