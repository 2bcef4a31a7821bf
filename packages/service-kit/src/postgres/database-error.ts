import { isAppError, unavailable } from '../http/app-error.js'

/** SQLSTATE classes and codes after which the same request may succeed later. */
const TEMPORARY_CLASSES = ['08', '53', '57', '58']
const TEMPORARY_CODES = new Set([
  '25006', // read-only: the primary has moved
  '25P03', // idle in transaction for too long
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available in time
])
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
/** The driver and its pool say these without a code. */
const NETWORK_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Connection pool of the database object has been destroyed',
  'connection timeout',
]

/**
 * Turns a failure of the database that will pass (no connection, a time limit, a deadlock, a full disk)
 * into `SERVICE_UNAVAILABLE`. Everything else, such as a broken constraint, is returned as it is.
 */
export function mapDatabaseError(err: unknown): unknown {
  if (isAppError(err) || !(err instanceof Error)) return err
  return isTemporary(err) ? unavailable(err) : err
}

/** A value that had to be unique was taken; `constraint` narrows it to one constraint or index. */
export function isUniqueViolation(err: unknown, constraint?: string): boolean {
  if (codeOf(err) !== '23505') return false
  if (constraint === undefined) return true
  return err instanceof Error && 'constraint' in err && err.constraint === constraint
}

/** The driver gave up waiting for a statement that the server should have cancelled itself. */
export const isReadTimeout = (err: unknown): boolean =>
  err instanceof Error && err.message === 'Query read timeout'

function isTemporary(err: Error): boolean {
  const code = codeOf(err)
  if (code !== undefined) {
    return (
      NETWORK_CODES.has(code) ||
      TEMPORARY_CODES.has(code) ||
      (code.length === 5 && TEMPORARY_CLASSES.includes(code.slice(0, 2)))
    )
  }
  if (err instanceof AggregateError)
    return err.errors.some((one) => one instanceof Error && isTemporary(one))
  return NETWORK_MESSAGES.some((message) => err.message.includes(message))
}

function codeOf(err: unknown): string | undefined {
  return err instanceof Error && 'code' in err && typeof err.code === 'string'
    ? err.code
    : undefined
}
