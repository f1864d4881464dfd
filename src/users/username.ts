// users/username.ts: user names are compared without case, and can never be mistaken for an address.

const pattern = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;

export function isUsername(text: string): boolean {
  return pattern.test(text);
}

export function canonicalUsername(username: string): string {
  return username.toLowerCase();
}
