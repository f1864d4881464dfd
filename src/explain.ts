// explain.ts: what whoever runs a command is told when it cannot go on.
import { AuthError, OperatorError } from './errors.ts';
import { failures } from './http/problem.ts';
import { errorCode, isUnavailable } from './platform/database-errors.ts';
import { visible } from './platform/visible.ts';

/** What the operator can mend is said without a stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof OperatorError) return error.message;
  if (error instanceof AuthError) return failures[error.code].title;
  const code = errorCode(error);
  if (code === 'EADDRINUSE') return `${error.message}\nAnother program has this port. PORT=0 takes a free one.`;
  if (code === 'ENOENT') return visible(error.message);
  if (isUnavailable(error)) return `The database does not answer (${code ?? error.message}). Is DATABASE_URL right?`;
  return error.stack ?? error.message;
}
