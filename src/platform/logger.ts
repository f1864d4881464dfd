// platform/logger.ts: pino, taught to say what broke without repeating what it broke on.
import { type DestinationStream, type Logger, pino } from 'pino';
import { errorCode } from './database-errors.ts';

export type { Logger };

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/** JSON lines to `destination`, by default standard output. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * A database error quotes the statement and its values, and those hold digests and addresses; so of an error with a
 * driver's code only the code and the place are told.
 */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = errorCode(error);
  const message = code ? undefined : error.message;
  return { type: error.name, code, message, stack: placesIn(error) };
}

/** The lines of the stack that name a place in the code. A message of several lines can hold some that only look so. */
function placesIn({ message, stack = '' }: Error): string {
  const [, ...pretended] = message.split('\n');
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line) && !pretended.includes(line));
  return lines.join('\n');
}
