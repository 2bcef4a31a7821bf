import { fields } from './fields.js'

/** What every service reads. */
export const commonFields = {
  NODE_ENV: fields.choice(['production', 'development', 'test'], 'production'),
  LOG_LEVEL: fields.choice(['error', 'warn', 'info', 'debug'], 'info'),
  PUBLIC_URL: fields.url('http://localhost'),
  ALLOWED_ORIGINS: fields.list(['http://localhost']),
  TRUSTED_PROXIES: fields.list(['loopback', 'uniquelocal']),
}

export const postgresFields = {
  DATABASE_HOST: fields.text('postgres'),
  DATABASE_PORT: fields.port(5432),
  DATABASE_NAME: fields.text('sup_messenger'),
  DATABASE_USER: fields.text('sup'),
  DATABASE_PASSWORD: fields.secretOrUrl('DATABASE_URL'),
  DATABASE_URL: fields.optionalUrl(),
  DATABASE_REPLICA_URL: fields.optionalUrl(),
  DB_POOL_MIN: fields.int(2, { min: 0, max: 1000 }),
  /** Absent: the service's own default (main-api 30, worker 10, media 10). */
  DB_POOL_MAX: fields.optionalInt({ min: 1, max: 1000 }),
}

export const redisFields = {
  REDIS_HOST: fields.text('redis'),
  REDIS_PORT: fields.port(6379),
  REDIS_PASSWORD: fields.secretOrUrl('REDIS_URL'),
  REDIS_URL: fields.optionalUrl(),
  REDIS_TTL: fields.int(3600, { min: 1 }),
  /** `host:port` of each node; empty: a single server. */
  REDIS_CLUSTER_NODES: fields.list([]),
}

export const rabbitFields = {
  RABBITMQ_URL: fields.url('amqp://rabbitmq:5672'),
  KAFKA_BROKERS: fields.list([]),
}

export const s3Fields = {
  S3_ENDPOINT: fields.url('http://minio:9000'),
  S3_PUBLIC_ENDPOINT: fields.optionalUrl(),
  S3_REGION: fields.text('us-east-1'),
  // An access key names an account and is issued by the store: AWS gives 20 characters.
  S3_ACCESS_KEY: fields.secret({ minBytes: 16 }),
  S3_SECRET_KEY: fields.secret(),
  S3_BUCKET: fields.text('sup-media'),
}

/** How services know and reach each other. The first secret is sent, all are accepted. */
export const serviceFields = {
  SERVICE_SECRET: fields.secretList(),
  MAIN_API_INTERNAL_URL: fields.url('http://main-api:3010'),
}

/** Pushes; without its variable a channel is off. Both are issued: by Google, and by `web-push`. */
export const pushFields = {
  FCM_SERVICE_ACCOUNT: fields.optionalSecret(),
  VAPID_PRIVATE_KEY: fields.optionalSecret(),
}

/** E-mail; without `SMTP_HOST` there is none. */
export const smtpFields = {
  SMTP_HOST: fields.optional(),
  SMTP_PORT: fields.port(587),
  SMTP_USER: fields.optional(),
  // Issued by the mail provider, whose rules count.
  SMTP_PASSWORD: fields.optionalSecret({ minBytes: 1 }),
  MAIL_FROM: fields.text('SUP <no-reply@localhost>'),
}

/** `JWT_EXPIRES_IN` is in seconds once read. The first secret signs, all verify. */
export const jwtFields = {
  JWT_SECRET: fields.secretList(),
  JWT_ISSUER: fields.text('sup-messenger'),
  JWT_EXPIRES_IN: fields.duration(15 * 60),
  REFRESH_TOKEN_TTL_DAYS: fields.int(30, { min: 1, max: 90 }),
}

export const rateFields = {
  RATE_LIMIT_API_PER_MINUTE: fields.int(100, { min: 1 }),
  RATE_LIMIT_AUTH_PER_MINUTE: fields.int(5, { min: 1 }),
  RATE_LIMIT_MESSAGES_PER_MINUTE: fields.int(300, { min: 1 }),
}

/**
 * The Postgres address: `DATABASE_URL`, else made of its parts.
 *
 * @param config A config read with `postgresFields`.
 */
export function databaseUrl(config: {
  DATABASE_URL?: string | undefined
  DATABASE_HOST: string
  DATABASE_PORT: number
  DATABASE_NAME: string
  DATABASE_USER: string
  DATABASE_PASSWORD?: string | undefined
}): string {
  if (config.DATABASE_URL !== undefined) return config.DATABASE_URL
  const user = encodeURIComponent(config.DATABASE_USER)
  const login = withPassword(user, config.DATABASE_PASSWORD)
  const name = encodeURIComponent(config.DATABASE_NAME)
  return `postgresql://${login}@${config.DATABASE_HOST}:${config.DATABASE_PORT}/${name}`
}

/**
 * The Redis address: `REDIS_URL`, else made of its parts.
 *
 * @param config A config read with `redisFields`.
 */
export function redisUrl(config: {
  REDIS_URL?: string | undefined
  REDIS_HOST: string
  REDIS_PORT: number
  REDIS_PASSWORD?: string | undefined
}): string {
  if (config.REDIS_URL !== undefined) return config.REDIS_URL
  const login =
    config.REDIS_PASSWORD === undefined ? '' : `${withPassword('', config.REDIS_PASSWORD)}@`
  return `redis://${login}${config.REDIS_HOST}:${config.REDIS_PORT}`
}

const withPassword = (user: string, password: string | undefined): string =>
  password === undefined ? user : `${user}:${encodeURIComponent(password)}`

const MEDIA_INTERNAL_OFFSET = 10

/** The internal listener of media-service, 3013 beside 3003; any free port beside any free port. */
export const mediaInternalPort = (port: number): number =>
  port === 0 ? 0 : port + MEDIA_INTERNAL_OFFSET

/** How services reach the internal listener of the media-service that `MEDIA_SERVICE_URL` names. */
export function mediaInternalUrl(mediaServiceUrl: string): string {
  const url = new URL(mediaServiceUrl)
  const standard = url.protocol === 'https:' ? 443 : 80
  url.port = String(mediaInternalPort(url.port === '' ? standard : Number(url.port)))
  return url.origin
}
