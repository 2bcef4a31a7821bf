import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { secretProblems } from './secrets.js'

/** The environment does not describe a service that may start. The message is for the operator. */
export class ConfigError extends Error {
  override name = 'ConfigError'

  constructor(
    service: string,
    /** One sentence each; names of variables, never values. */
    readonly problems: readonly string[],
  ) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n')
    super(`${service} cannot start, its configuration has ${problems.length} problem(s):\n${list}`)
  }
}

/**
 * Reads and checks the configuration of a service, once, at its start.
 *
 * Every `NAME` may come as `NAME_FILE`, the path of a file with the value. An empty text counts as absent.
 * In production (the default of `NODE_ENV`) secrets that are missing, short, well-known or used twice, and
 * `*` among `ALLOWED_ORIGINS`, are refused as well.
 *
 * @param schema  The variables this service reads, made of `fields`.
 * @param options `service` names it in the error; `env` is the environment, `process.env` if absent.
 * @returns The values, frozen.
 * @throws ConfigError with every problem at once.
 */
export function readConfig<S extends z.ZodObject>(
  schema: S,
  options: { service: string; env?: NodeJS.ProcessEnv },
): Readonly<z.output<S>> {
  const env = options.env ?? process.env
  const problems: string[] = []
  const given = new Map<string, string>()
  for (const name of Object.keys(schema.shape)) {
    const text = readVariable(env, name, problems)
    if (text !== undefined) given.set(name, text)
  }

  const parsed = schema.safeParse(Object.fromEntries(given))
  if (!parsed.success) problems.push(...parsed.error.issues.map(describe))
  if (isProduction(env)) {
    problems.push(...secretProblems(schema, given), ...originProblems(given))
  }
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(options.service, [...new Set(problems)].sort())
  }
  return Object.freeze(parsed.data)
}

/**
 * Says whether this process runs in production, which is the case unless `NODE_ENV` says otherwise.
 *
 * @param env The environment, `process.env` if absent.
 */
export function isProduction(env: NodeJS.ProcessEnv = process.env): boolean {
  const name = env['NODE_ENV'] ?? ''
  return name === '' || name === 'production'
}

function readVariable(
  env: NodeJS.ProcessEnv,
  name: string,
  problems: string[],
): string | undefined {
  const text = present(env[name])
  const file = present(env[`${name}_FILE`])
  if (file === undefined) return text
  if (text !== undefined) {
    problems.push(`${name} and ${name}_FILE are both given: keep one`)
    return text
  }
  try {
    return present(readFileSync(file, 'utf8').trimEnd())
  } catch {
    problems.push(`${name}_FILE cannot be read`)
    return undefined
  }
}

const present = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

function describe(issue: z.core.$ZodIssue): string {
  const name = issue.path.join('.')
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined
  return `${name} ${isMissing ? 'is missing' : issue.message}`
}

function originProblems(given: ReadonlyMap<string, string>): string[] {
  const origins = given.get('ALLOWED_ORIGINS')?.split(',') ?? []
  return origins.some((origin) => origin.trim() === '*')
    ? ['ALLOWED_ORIGINS is *, which production refuses: list the origins']
    : []
}
