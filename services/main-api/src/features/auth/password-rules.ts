import { AppError } from '@sup/service-kit/http'
import { validationError } from '@sup/types'
import { isCommonPassword } from './common-passwords.js'

/**
 * Refuses passwords that are guessed first: common ones, and those that hold the account's own name.
 *
 * @throws AppError `VALIDATION_ERROR` with path `password`.
 */
export function assertGoodPassword(password: string, username: string): void {
  const plain = password.normalize('NFC')
  if (isCommonPassword(plain)) refuse('is one of the passwords that everybody tries first')
  if (plain.toLowerCase().includes(username.toLowerCase())) refuse('must not contain the username')
}

function refuse(message: string): never {
  throw new AppError(validationError, [{ path: 'password', message }])
}
