import { parsePhoneNumberFromString } from 'libphonenumber-js'

/** A phone number in E.164, or null when it is none; it must begin with `+` and the country. */
export function toE164(text: string): string | null {
  const number = parsePhoneNumberFromString(text)
  return number?.isValid() ? number.number : null
}
