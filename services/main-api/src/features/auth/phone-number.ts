import { parsePhoneNumberFromString } from 'libphonenumber-js/core'
import metadata from 'libphonenumber-js/metadata.min.json'

/** A phone number in E.164, or null when it is none; it must begin with `+` and the country. */
export function toE164(text: string): string | null {
  const number = parsePhoneNumberFromString(text, { extract: false }, metadata)
  return number?.isValid() ? number.number : null
}
