import type { SocketFailure } from '@sup/types'
import { SupError } from '../base/sup-error.js'

/** `data` of a `connect_error` (wire-contract 6.1). */
export type Refusal = {
  code?: string
  reason?: string
  retryable?: boolean
  retryAfterMs?: number
}

/** Why a handshake was refused, with the codes that REST has for the same thing. */
export function errorOfRefusal(message: string, data: Refusal = {}): SupError {
  const { code = 'SERVICE_UNAVAILABLE', reason, retryable = true, retryAfterMs } = data
  return new SupError({ code: codeOf(reason) ?? code, message, retryable, retryAfterMs })
}

function codeOf(reason: string | undefined): string | undefined {
  if (reason === 'session_revoked') return 'UNAUTHORIZED'
  if (reason === 'account_disabled') return 'ACCOUNT_DISABLED'
  return reason
}

export function errorOfAck({
  code,
  message,
  details,
  retryable,
  retryAfterMs,
}: SocketFailure): SupError {
  return new SupError({ code, message, details, retryable, retryAfterMs })
}
