import { SECRET_BYTES, type SecretRule, secretRules } from './fields.js'
import type { z } from 'zod'

/** Values that stand in the source documents, in images or in every beginner's file. */
const WELL_KNOWN = [
  'your-shared-secret-key',
  'internal-secret-key',
  'your_jwt_secret',
  'your-secret-key',
  'change-me',
  'changeme',
  'replace-me',
  'example-secret',
  'password',
  'user:pass',
  'pass',
  'guest',
  'minioadmin',
  'minio',
  'admin',
  'secret',
  'supersecret',
  'postgres',
  'rabbitmq',
  'redis',
  'sup',
  'test',
  'default',
].map(plain)

const LONGEST_WORD = 8
const FEWEST_DIFFERENT_CHARACTERS = 8

type Found = { name: string; value: string; minBytes: number }

/**
 * Says what production refuses about the secrets of a config: missing, short, well-known, guessable or
 * used twice. Names only, never a value.
 *
 * @param schema The config schema, its secrets marked by `fields.secret` and its kin.
 * @param given  The texts by variable name, files already read; absent ones are left out.
 */
export function secretProblems(schema: z.ZodObject, given: ReadonlyMap<string, string>): string[] {
  const problems: string[] = []
  const found: Found[] = []
  for (const [name, field] of Object.entries(schema.shape)) {
    const rule = secretRules.get(field)
    if (rule) collect(name, rule, given, { found, problems })
  }
  for (const url of urlsWithPassword(schema)) collectUrl(url, given, { found, problems })
  for (const secret of found) {
    const problem = weakness(secret)
    if (problem !== undefined) problems.push(`${secret.name} ${problem}`)
  }
  return [...problems, ...usedTwice(found)]
}

type Result = { found: Found[]; problems: string[] }

function collect(
  name: string,
  rule: SecretRule,
  given: ReadonlyMap<string, string>,
  { found, problems }: Result,
): void {
  if (rule.insteadOf !== undefined && given.has(rule.insteadOf)) return
  const text = given.get(name)
  if (text === undefined) {
    // A required secret is already reported by its schema; one that a URL may replace is not.
    if (rule.insteadOf !== undefined) problems.push(`${name} is missing`)
    return
  }
  const values = rule.isList ? text.split(',').map((item) => item.trim()) : [text]
  for (const value of values) {
    if (value !== '') found.push({ name, value, minBytes: rule.minBytes })
  }
}

/** The URL variables of this schema that carry a password: those named by a secret, and RabbitMQ's. */
function urlsWithPassword(schema: z.ZodObject): string[] {
  const named = Object.values(schema.shape).flatMap((field) => {
    const name = secretRules.get(field)?.insteadOf
    return name === undefined ? [] : [name]
  })
  return 'RABBITMQ_URL' in schema.shape ? [...named, 'RABBITMQ_URL'] : named
}

function collectUrl(
  name: string,
  given: ReadonlyMap<string, string>,
  { found, problems }: Result,
): void {
  const text = given.get(name)
  if (text === undefined) {
    // amqplib logs in as guest:guest when the address names nobody.
    if (name === 'RABBITMQ_URL') problems.push(`${name} is missing`)
    return
  }
  if (!URL.canParse(text)) return
  const value = decode(new URL(text).password)
  if (value === '') problems.push(`${name} has no password`)
  else found.push({ name, value, minBytes: name === 'RABBITMQ_URL' ? 16 : SECRET_BYTES })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function weakness({ value, minBytes }: Found): string | undefined {
  if (isWellKnown(value)) return 'is a well-known value'
  if (Buffer.byteLength(value) < minBytes) return `is shorter than ${minBytes} bytes`
  if (new Set(value).size < FEWEST_DIFFERENT_CHARACTERS) return 'is too easy to guess'
  return undefined
}

function isWellKnown(value: string): boolean {
  const text = plain(value)
  return WELL_KNOWN.some(
    (word) =>
      text === word ||
      isRepeated(text, word) ||
      (word.length > LONGEST_WORD && text.includes(word)),
  )
}

const isRepeated = (text: string, word: string): boolean => text.replaceAll(word, '') === ''

/** Letters and digits only, so that `Your_JWT-Secret!` is found too. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function usedTwice(found: readonly Found[]): string[] {
  const names = new Map<string, string[]>()
  for (const { name, value } of found) names.set(value, [...(names.get(value) ?? []), name])
  return [...names.values()]
    .filter((same) => same.length > 1)
    .map((same) => `${[...new Set(same)].join(' and ')}: the same secret is used twice`)
}
