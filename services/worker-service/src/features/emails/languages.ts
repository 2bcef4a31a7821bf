import { de } from './words-de.js'
import { en } from './words-en.js'
import { es } from './words-es.js'
import { fr } from './words-fr.js'
import { ru } from './words-ru.js'
import { zh } from './words-zh.js'
import type { Words } from './words.js'

const LANGUAGES: Readonly<Record<string, Words>> = { en, de, fr, es, ru, zh }

/** The languages that mails are written in. */
export const MAIL_LANGUAGES: readonly string[] = Object.keys(LANGUAGES)

/**
 * The words for a locale such as `de-CH`: those of its language, else English.
 *
 * @param locale A BCP 47 tag, or anything else.
 */
export function wordsFor(locale: string): Words {
  const [language = ''] = locale.toLowerCase().split(/[-_]/)
  return new Map(Object.entries(LANGUAGES)).get(language) ?? en
}
