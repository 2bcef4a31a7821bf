const HIDDEN = '[redacted]'
const MAX_DEPTH = 6
const MAX_ITEMS = 50
const MAX_TEXT = 4000

/** Names of members whose values never reach a log, compared without case, `-` and `_`. */
const SECRET_NAMES = new Set([
  'code',
  'totp',
  'totpcode',
  'recoverycode',
  'recoverycodes',
  'pin',
  'content',
  'encryptedcontent',
  'ciphertext',
  'envelope',
  'envelopes',
  'body',
  'data',
  'text',
  'email',
  'pendingemail',
  'phone',
  'identifier',
  'caption',
  'apikey',
  'privatekey',
  'csrf',
  'credentials',
  'config',
  'headers',
])
const SECRET_PARTS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'secret',
  'pepper',
  'signature',
]

/** Secrets inside a sentence: logins in addresses, bearer tokens, JWTs, queries of pre-signed URLs. */
const SCRUBS: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{1,512}@/gi, `$1${HIDDEN}@`],
  [/\bbearer [\w.~+/=-]{1,8192}/gi, `Bearer ${HIDDEN}`],
  [/\beyJ[\w-]{1,4096}\.[\w-]{1,8192}\.[\w-]{0,1024}/g, HIDDEN],
  [/([?&](?:X-Amz-[\w-]{1,40}|token|code|password|secret)=)[^&\s"']{1,4096}/gi, `$1${HIDDEN}`],
]

/**
 * Copies a value for the log: secrets hidden at any depth, cycles cut, sizes bounded.
 * The copy always serialises; the value is left as it was.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, new Set())
}

/** Hides what looks like a secret inside a text and bounds its length. */
export function scrub(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return SCRUBS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), short)
}

function copy(value: unknown, depth: number, parents: Set<object>): unknown {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (parents.has(value)) return '[circular]'
  if (depth >= MAX_DEPTH) return '[deep]'
  parents.add(value)
  try {
    return copyObject(value, depth, parents)
  } finally {
    parents.delete(value)
  }
}

function copyObject(value: object, depth: number, parents: Set<object>): unknown {
  if (value instanceof Error) return copyError(value, depth, parents)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => copy(item, depth + 1, parents))
  }
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value).slice(0, MAX_ITEMS)) {
    result[name] = isSecret(name) ? HIDDEN : copy(member, depth + 1, parents)
  }
  return result
}

/** Only these members of an error: drivers hang queries, parameters and request headers on theirs. */
function copyError(err: Error, depth: number, parents: Set<object>): unknown {
  const message = safeMessage(err)
  const stack = err.stack?.replace(err.message, message)
  return {
    name: err.name,
    message,
    ...('code' in err && isPlainCode(err.code) ? { errorCode: err.code } : {}),
    ...(stack === undefined ? {} : { stack: scrub(stack) }),
    ...(err.cause === undefined ? {} : { cause: copy(err.cause, depth + 1, parents) }),
    ...(err instanceof AggregateError
      ? { errors: err.errors.slice(0, 3).map((one: unknown) => copy(one, depth + 1, parents)) }
      : {}),
  }
}

const isPlainCode = (code: unknown): boolean =>
  typeof code === 'number' || (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code))

/** The message of a JSON syntax error quotes the text that was parsed, which may be anything. */
const safeMessage = (err: Error): string =>
  err instanceof SyntaxError && err.message.includes('JSON') ? 'malformed JSON' : scrub(err.message)

function isSecret(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_]/g, '')
  return SECRET_NAMES.has(plain) || SECRET_PARTS.some((part) => plain.includes(part))
}
