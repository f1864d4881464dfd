// platform/database-errors.ts: whose fault a database error is.

/**
 * Codes that mean "not now", by driver. SQLite: result codes. PostgreSQL: SQLSTATE classes 08 (connection), 53
 * (resources), 57 (operator intervention), 58 (system), 40 (rolled back), 25006 (read-only) and 55P03 (lock timeout).
 * Node: the disk does not write, the socket is gone. https://www.postgresql.org/docs/current/errcodes-appendix.html, https://sqlite.org/rescode.html
 */
const unavailableCodes = [
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOMEM|CORRUPT|NOTADB)/,
  /^(08|53|57|58|40)...$|^25006$|^55(000|P03)$/,
  /^(EIO|ENOSPC|EDQUOT|EROFS)$/,
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/,
];

/** pg reports these without a code. better-sqlite3 throws a TypeError once its handle is closed. */
const unavailableMessages =
  /connection terminated|not queryable|timeout exceeded when trying to connect|connection timeout|query read timeout|database connection is not open|driver has already been destroyed/i;

/** True when the database is gone, full, locked or starting: our trouble, which must never look like a caller's. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  if (code !== undefined) return unavailableCodes.some((pattern) => pattern.test(code));
  return unavailableMessages.test(error.message) || isUnavailable(error.cause);
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
