import { describe, expect, it } from '@jest/globals'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import {
  ConfigError,
  commonFields,
  databaseUrl,
  fields,
  jwtFields,
  postgresFields,
  rabbitFields,
  rateFields,
  readConfig,
  redisFields,
  redisUrl,
  s3Fields,
  serviceFields,
} from './index.js'

const read = <S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv) =>
  readConfig(schema, { service: 'main-api', env: { NODE_ENV: 'test', ...env } })

const problemsOf = (schema: z.ZodObject, env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    read(schema, env)
  } catch (err) {
    if (err instanceof ConfigError) return err.problems
    throw err
  }
  return []
}

const fileWith = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'sup-env-')), 'value')
  writeFileSync(path, text)
  return path
}

describe('readConfig', () => {
  it('gives the defaults of the wire contract', () => {
    const schema = z.object({ ...commonFields, ...postgresFields, ...redisFields, ...rateFields })

    expect(readConfig(schema, { service: 'x', env: { NODE_ENV: 'development' } })).toEqual({
      NODE_ENV: 'development',
      LOG_LEVEL: 'info',
      PUBLIC_URL: 'http://localhost',
      ALLOWED_ORIGINS: ['http://localhost'],
      TRUSTED_PROXIES: ['loopback', 'uniquelocal'],
      DATABASE_HOST: 'postgres',
      DATABASE_PORT: 5432,
      DATABASE_NAME: 'sup_messenger',
      DATABASE_USER: 'sup',
      DB_POOL_MIN: 2,
      REDIS_HOST: 'redis',
      REDIS_PORT: 6379,
      REDIS_TTL: 3600,
      REDIS_CLUSTER_NODES: [],
      RATE_LIMIT_API_PER_MINUTE: 100,
      RATE_LIMIT_AUTH_PER_MINUTE: 5,
      RATE_LIMIT_MESSAGES_PER_MINUTE: 300,
    })
  })

  it('is frozen', () => {
    expect(Object.isFrozen(read(z.object(rateFields), {}))).toBe(true)
  })

  it('reads NAME_FILE without the newline at its end, and refuses both forms at once', () => {
    const schema = z.object({ SECRET: fields.secret() })
    const SECRET_FILE = fileWith('from the file\n')

    expect(read(schema, { SECRET_FILE })).toEqual({ SECRET: 'from the file' })
    expect(problemsOf(schema, { SECRET_FILE, SECRET: 'x' })).toEqual([
      'SECRET and SECRET_FILE are both given: keep one',
    ])
    expect(problemsOf(schema, { SECRET_FILE: '/does/not/exist' })).toEqual([
      'SECRET is missing',
      'SECRET_FILE cannot be read',
    ])
  })

  it('takes an empty text as absent', () => {
    expect(read(z.object({ PORT: fields.port(3000) }), { PORT: '' })).toEqual({ PORT: 3000 })
    expect(problemsOf(z.object({ SECRET: fields.secret() }), { SECRET: '' })).toEqual([
      'SECRET is missing',
    ])
  })

  it('reports every problem at once, names only', () => {
    const schema = z.object({ ...commonFields, PORT: fields.port(1), TIME: fields.duration(1) })
    const env = { PORT: '0x10', LOG_LEVEL: 'loud', PUBLIC_URL: 'nowhere', TIME: 'soon' }

    const problems = problemsOf(schema, env)

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'LOG_LEVEL',
      'PORT',
      'PUBLIC_URL',
      'TIME',
    ])
    for (const value of Object.values(env)) expect(problems.join('\n')).not.toContain(value)
  })

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['PORT', ' 80'],
    ['COUNT', '11'],
    ['FLAG', 'maybe'],
  ])('refuses %s=%s', (name, value) => {
    const schema = z.object({
      PORT: fields.port(1),
      COUNT: fields.int(1, { min: 1, max: 10 }),
      FLAG: fields.flag(false),
    })
    expect(problemsOf(schema, { [name]: value })).toHaveLength(1)
  })

  it('reads flags, lists and times', () => {
    const schema = z.object({
      FLAG: fields.flag(false),
      LIST: fields.list([]),
      SHORT: fields.duration(1),
      LONG: fields.duration(1),
    })
    expect(read(schema, { FLAG: 'yes', LIST: ' a, b,,', SHORT: '15m', LONG: '30d' })).toEqual({
      FLAG: true,
      LIST: ['a', 'b'],
      SHORT: 900,
      LONG: 2_592_000,
    })
  })

  it('lets a URL win over its parts', () => {
    const config = read(z.object({ ...postgresFields, ...redisFields }), {
      DATABASE_PASSWORD: 'p@ss/word',
      REDIS_PASSWORD: 's:cret',
    })
    expect(databaseUrl(config)).toBe('postgresql://sup:p%40ss%2Fword@postgres:5432/sup_messenger')
    expect(redisUrl(config)).toBe('redis://:s%3Acret@redis:6379')
    expect(databaseUrl({ ...config, DATABASE_URL: 'postgresql://other/db' })).toBe(
      'postgresql://other/db',
    )
    expect(redisUrl({ ...config, REDIS_URL: 'redis://other' })).toBe('redis://other')
  })
})

describe('secrets in production', () => {
  const schema = z.object({
    ...commonFields,
    ...postgresFields,
    ...redisFields,
    ...rabbitFields,
    ...s3Fields,
    ...serviceFields,
    ...jwtFields,
    SMTP_PASSWORD: fields.optionalSecret({ minBytes: 16 }),
  })
  let count = 0
  const fresh = (): string => `Rw7-kq0VtL2m-XzP9sYd4Hc8Jb-${String(++count).padStart(8, '0')}`
  const good = (): NodeJS.ProcessEnv => ({
    NODE_ENV: 'production',
    DATABASE_PASSWORD: fresh(),
    REDIS_PASSWORD: fresh(),
    RABBITMQ_URL: `amqp://sup:${fresh()}@rabbitmq`,
    S3_ACCESS_KEY: 'AKIAX5TZ7QWL3NDM8V2R',
    S3_SECRET_KEY: fresh(),
    SERVICE_SECRET: fresh(),
    JWT_SECRET: `${fresh()},${fresh()}`,
  })

  it('accepts good ones, and NODE_ENV absent means production', () => {
    expect(problemsOf(schema, good())).toEqual([])
    expect(
      problemsOf(schema, { ...good(), NODE_ENV: '', JWT_SECRET: 'short-but-not-known' }),
    ).toEqual(['JWT_SECRET is shorter than 32 bytes'])
  })

  it('names every missing one in one message', () => {
    const problems = problemsOf(schema, { NODE_ENV: 'production' })
    for (const name of [
      'DATABASE_PASSWORD',
      'REDIS_PASSWORD',
      'RABBITMQ_URL',
      'S3_ACCESS_KEY',
      'S3_SECRET_KEY',
      'SERVICE_SECRET',
      'JWT_SECRET',
    ]) {
      expect(problems).toContain(`${name} is missing`)
    }
    expect(problems.join()).not.toContain('SMTP_PASSWORD')
  })

  it.each([
    ['JWT_SECRET', 'your_jwt_secret', 'is a well-known value'],
    ['JWT_SECRET', 'your-shared-secret-key', 'is a well-known value'],
    ['SERVICE_SECRET', 'internal-secret-key-internal-secret-key', 'is a well-known value'],
    ['DATABASE_PASSWORD', 'passwordpasswordpasswordpassword', 'is a well-known value'],
    ['S3_SECRET_KEY', 'minioadmin', 'is a well-known value'],
    ['RABBITMQ_URL', 'amqp://guest:guest@rabbitmq', 'is a well-known value'],
    ['RABBITMQ_URL', 'amqp://rabbitmq:5672', 'has no password'],
    ['REDIS_PASSWORD', 'aB3$aB3$aB3$aB3$aB3$aB3$aB3$aB3$', 'is too easy to guess'],
    ['SMTP_PASSWORD', 'too-short-15-by', 'is shorter than 16 bytes'],
  ])('refuses %s=%s', (name, value, problem) => {
    expect(problemsOf(schema, { ...good(), [name]: value })).toEqual([`${name} ${problem}`])
  })

  it('looks at the password inside a URL that stands for the parts', () => {
    const rest = { ...good(), REDIS_PASSWORD: '' }
    expect(problemsOf(schema, { ...rest, REDIS_URL: 'redis://redis' })).toEqual([
      'REDIS_URL has no password',
    ])
    expect(problemsOf(schema, { ...rest, REDIS_URL: `redis://:${fresh()}@redis` })).toEqual([])
  })

  it('refuses one secret in two places, and twice in one list', () => {
    const same = fresh()
    expect(problemsOf(schema, { ...good(), SERVICE_SECRET: same, JWT_SECRET: same })).toEqual([
      'SERVICE_SECRET and JWT_SECRET: the same secret is used twice',
    ])
    expect(problemsOf(schema, { ...good(), JWT_SECRET: `${same},${same}` })).toHaveLength(1)
  })

  it('refuses any origin', () => {
    expect(problemsOf(schema, { ...good(), ALLOWED_ORIGINS: 'https://a.example,*' })).toEqual([
      'ALLOWED_ORIGINS is *, which production refuses: list the origins',
    ])
    expect(problemsOf(z.object(commonFields), { ALLOWED_ORIGINS: '*' })).toEqual([])
  })

  it('lets development start with what it has', () => {
    expect(problemsOf(schema, { ...good(), NODE_ENV: 'development', JWT_SECRET: 'dev' })).toEqual(
      [],
    )
  })
})
