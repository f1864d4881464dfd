// latchkey.ts: what the package gives to browsers and apps.
export type { PasswordChange, SignIn, SignOut, SignUp, User } from './entrance.ts';
export { type FieldError, LatchkeyError } from './errors.ts';
export type { SessionEvents } from './events.ts';
export type { KeyValues, Platform, StorageChange, TabLocks } from './platform.ts';
export { createSession, type Session, type SessionOptions } from './session.ts';
