import type { ErrorType } from '../../src/index.js'
import type { Definitions } from './definitions.js'
import { errorsOf } from './endpoint-errors.js'

/** What a client does about each code. A code without a line here fails the check. */
const REMEDY: Record<string, string> = {
  UNAUTHORIZED: 'Log in. With `details.reason` `session_revoked` drop the stored tokens first.',
  TOKEN_EXPIRED:
    'Refresh the tokens and send the same request again; when refreshing fails so, log in.',
  INVALID_TOKEN: 'Drop the stored tokens and log in.',
  INVALID_CREDENTIALS: 'Ask for account and password again.',
  INVALID_CODE: 'Ask for the code again, or have a new one sent.',
  ACCOUNT_DISABLED: 'Tell the person; only an administrator can undo it.',
  VALIDATION_ERROR: 'A bug of the caller: mend the places that `details` names.',
  INVALID_INPUT: 'Change the places that `details` names; the same request fails again.',
  NOT_FOUND: 'Forget the object: it is gone, was never there, or is not yours to see.',
  ALREADY_EXISTS: 'Choose another value for the place that `details` names.',
  REAUTH_REQUIRED: 'Ask for the password, `POST /api/v1/auth/reauth`, then repeat the request.',
  FORBIDDEN: 'Do not offer this action.',
  INSUFFICIENT_PERMISSIONS:
    'Fetch the chat again; the permission is named in `details.permission`.',
  EDIT_WINDOW_EXPIRED: 'Send a new message instead.',
  IDEMPOTENCY_CONFLICT: 'A bug of the caller: one key, two requests. Use a new key.',
  CONFLICT: 'Read the state again, then repeat after a pause.',
  LIMIT_REACHED: 'Remove something first; the limits are in `GET /api/v1/server`.',
  MISMATCHED_DEVICES: 'Fetch the device lists, encrypt for exactly those devices, send again.',
  GONE: 'Forget it: it existed and is over.',
  PAYLOAD_TOO_LARGE: 'Send less; the limits are in `GET /api/v1/server`.',
  UNSUPPORTED_MEDIA_TYPE:
    'Send JSON in UTF-8 with `Content-Type: application/json`; of a file: send one whose bytes are of the kind that was named.',
  QUOTA_EXCEEDED: 'Delete files first; `GET /api/v1/media/quota` shows what is used.',
  RANGE_NOT_SATISFIABLE: 'Ask for bytes that the file has; its size is in `Content-Range`.',
  METHOD_NOT_ALLOWED: 'Use a method that the header `Allow` names.',
  RATE_LIMITED: 'Wait for `retryAfterMs`, then send the same request again.',
  INTERNAL_ERROR:
    'Repeat after a pause with the same idempotency key; report the `requestId` when it stays.',
  SERVICE_UNAVAILABLE:
    'Wait for `retryAfterMs`, then send the same request again, with growing pauses.',
}

const INTRODUCTION = `# Error codes

Generated from the contract (\`npm run docs:api\`); do not edit.

Every refusal is \`{ "success": false, "error": { code, message, details?, retryable, retryAfterMs?, requestId } }\`,
and a failed acknowledgement of a socket event is \`{ ok: false, code, message, retryable, retryAfterMs?, details? }\`
with the same codes. Programs decide by \`code\`; \`message\` is English for developers. *Retry* says whether the
unchanged request may succeed later.
`

/**
 * The index of error codes as Markdown.
 *
 * @throws Error when a code has no remedy
 */
export function printErrorsPage({ endpoints, clientEvents, errors }: Definitions): string {
  const specs = errors.map(({ spec }) => spec).sort((a, b) => a.status - b.status || compare(a, b))
  const rows = specs.map((error) => {
    const remedy = REMEDY[error.code]
    if (remedy === undefined)
      throw new Error(`Say in errors-page.ts what to do about ${error.code}`)
    const retry = error.retryable ? 'yes' : 'no'
    return `| \`${error.code}\` | ${error.status} | ${retry} | ${error.message} | ${remedy} |`
  })
  const places = specs.map((error) => {
    const users = [
      ...endpoints.filter(({ spec }) => spec.errors.includes(error)),
      ...clientEvents.filter(({ spec }) => spec.errors.includes(error)),
    ].map(({ name }) => `\`${name}\``)
    const everywhere = endpoints.every(({ spec }) => errorsOf(spec).includes(error))
    const text = everywhere ? 'every endpoint' : users.join(', ')
    return `- \`${error.code}\`: ${text === '' ? 'any endpoint of its kind' : text}`
  })
  return [
    INTRODUCTION,
    '| Code | Status | Retry | Meaning | What to do |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## Where they come from',
    '',
    'By the operation ids of openapi.json and internal.openapi.json and the message names of asyncapi.json.',
    '',
    ...places,
    '',
  ].join('\n')
}

function compare(a: ErrorType, b: ErrorType): number {
  return a.code < b.code ? -1 : 1
}
