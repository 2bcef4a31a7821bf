import { EmailInput, type Input, type logIn } from '@sup/types'
import { createHash } from 'node:crypto'
import type { Names } from './account-store.js'
import { toE164 } from './phone-number.js'

const USERNAME = /^[a-z0-9_.]{3,64}$/

/**
 * What an account may be called by what somebody typed. A text that cannot be such a name becomes null and
 * finds nobody.
 */
export function namesOf(body: Input<typeof logIn>['body']): Names {
  const { identifier, username, email, phone } = body
  if (identifier === undefined) {
    return {
      username: toUsername(username),
      email: toEmail(email),
      phone: phone === undefined ? null : toE164(phone),
    }
  }
  return identifier.includes('@')
    ? { username: null, email: toEmail(identifier), phone: null }
    : { username: toUsername(identifier), email: null, phone: toE164(identifier) }
}

function toUsername(text: string | undefined): string | null {
  const name = text?.trim().toLowerCase() ?? ''
  return USERNAME.test(name) ? name : null
}

const toEmail = (text: string | undefined): string | null =>
  EmailInput.safeParse(text?.trim()).data ?? null

/**
 * Under what failed log-ins are counted: the name, in one form for every way of writing it, whether or not
 * it belongs to anybody. Hashed, because the key lies in Redis.
 */
export function countingKey(body: Input<typeof logIn>['body'], names: Names): string {
  const typed = body.identifier ?? body.username ?? body.email ?? body.phone ?? ''
  const name = names.username ?? names.email ?? names.phone ?? typed.trim().toLowerCase()
  return createHash('sha256').update(name).digest('base64url')
}
