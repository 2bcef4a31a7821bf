/** What the program ends with; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  auth: 3,
  notFound: 4,
  conflict: 5,
  rateLimited: 6,
  unavailable: 7,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A failure that this program found itself, with what to do about it. */
export class CliError extends Error {
  override name = 'CliError'

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

type Failure = { code: string; status: number; retryable: boolean }

/** A send that the outbox gave up has no status any more, so the codes of sends stand here too. */
const BY_CODE: Record<string, ExitCode> = {
  NETWORK_ERROR: EXIT.unavailable,
  SERVICE_UNAVAILABLE: EXIT.unavailable,
  BAD_RESPONSE: EXIT.unavailable,
  RATE_LIMITED: EXIT.rateLimited,
  TOO_MANY_CONNECTIONS: EXIT.rateLimited,
  VALIDATION_ERROR: EXIT.usage,
  UNAUTHORIZED: EXIT.auth,
  FORBIDDEN: EXIT.auth,
  INSUFFICIENT_PERMISSIONS: EXIT.auth,
  NOT_FOUND: EXIT.notFound,
  GONE: EXIT.notFound,
  IDEMPOTENCY_CONFLICT: EXIT.conflict,
}

const BY_STATUS: Record<number, ExitCode> = {
  401: EXIT.auth,
  403: EXIT.auth,
  404: EXIT.notFound,
  410: EXIT.notFound,
  409: EXIT.conflict,
  412: EXIT.conflict,
  429: EXIT.rateLimited,
  503: EXIT.unavailable,
}

/** The exit code of a failure that the SDK reports. */
export const exitCodeOf = ({ code, status }: Failure): ExitCode =>
  BY_CODE[code] ?? BY_STATUS[status] ?? EXIT.failure
