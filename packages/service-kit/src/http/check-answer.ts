import {
  type Endpoint,
  conflict,
  forbidden,
  idempotencyConflict,
  internalError,
  invalidToken,
  notFound,
  payloadTooLarge,
  rateLimited,
  reauthRequired,
  serviceUnavailable,
  tokenExpired,
  unauthorized,
  unsupportedMediaType,
  validationError,
} from '@sup/types'
import type { StoredAnswer } from './types.js'
import { isAppError } from './app-error.js'

/** Errors that any endpoint may answer with; endpoints list those beyond them. */
const COMMON = new Set<string>(
  [
    conflict,
    idempotencyConflict,
    internalError,
    invalidToken,
    notFound,
    payloadTooLarge,
    rateLimited,
    serviceUnavailable,
    tokenExpired,
    unauthorized,
    unsupportedMediaType,
    validationError,
  ].map((type) => type.code),
)

/** A use case broke its contract: a bug of ours, answered as a 500 and loud outside production. */
export class ContractBrokenError extends Error {
  override name = 'ContractBrokenError'
}

/** May this endpoint answer with this error? Anything that is not an AppError is a bug anyway. */
export function assertDeclared(spec: Endpoint, err: unknown): void {
  if (!isAppError(err)) return
  const { code } = err.type
  if (COMMON.has(code) || spec.errors.some((type) => type.code === code)) return
  if (spec.auth === 'admin' && (code === forbidden.code || code === reauthRequired.code)) return
  throw new ContractBrokenError(`${nameOf(spec)} answers the undeclared error ${code}`, {
    cause: err,
  })
}

/**
 * Checks a good answer against the contract: status, data and meta, and that nothing undeclared leaves.
 *
 * @throws ContractBrokenError that names the place.
 */
export function assertAnswer(spec: Endpoint, { status, body }: StoredAnswer): void {
  const fail = (what: string): never => {
    throw new ContractBrokenError(`${nameOf(spec)} ${what}`)
  }
  if (!(spec.success ?? [200]).some((one) => one === status)) {
    fail(`answers ${status}, which it does not list`)
  }
  const data = spec.response.safeParse(body['data'])
  if (!data.success)
    return fail(`answers data that does not fit: ${JSON.stringify(data.error.issues)}`)
  const extra = undeclared(body['data'], data.data, 'data')
  if (extra !== undefined) fail(`answers the undeclared member ${extra}`)
  for (const [what, schema, sent] of [
    ['members beside data that do', spec.beside, body],
    ['meta that does', spec.meta, body['meta'] ?? {}],
  ] as const) {
    const parsed = schema?.safeParse(sent)
    if (parsed?.success === false) {
      fail(`answers ${what} not fit: ${JSON.stringify(parsed.error.issues)}`)
    }
  }
}

/** The first member that is sent although the contract does not know it: a column that leaks. */
function undeclared(sent: unknown, known: unknown, path: string): string | undefined {
  if (typeof sent !== 'object' || sent === null) return undefined
  if (typeof known !== 'object' || known === null) return undefined
  const knownMembers = new Map(Object.entries(known))
  for (const [name, member] of Object.entries(sent)) {
    if (member === undefined) continue
    if (!knownMembers.has(name)) return `${path}.${name}`
    const deeper = undeclared(member, knownMembers.get(name), `${path}.${name}`)
    if (deeper !== undefined) return deeper
  }
  return undefined
}

const nameOf = (spec: Endpoint): string => `${spec.method.toUpperCase()} ${spec.path}`
