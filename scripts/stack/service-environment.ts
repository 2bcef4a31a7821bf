import type { Infra } from './infra.js'
import type { Secrets } from './state.js'

export type EnvironmentNeeds = {
  infra: Infra
  secrets: Secrets
  databaseUrl: string
  publicUrl: string
  /** Other addresses under which a browser reaches the same place. */
  otherOrigins: readonly string[]
  nodeEnv: 'development' | 'production' | 'test'
  internalUrl: string
  mediaUrl: string
}

/**
 * Variables of the person who starts the stack that reach the services. Addresses and secrets do
 * not: a DATABASE_URL of another project must not be taken for ours.
 */
const PASSED_ON =
  /^(?:LOG_LEVEL|REGISTRATION_MODE|REQUIRE_EMAIL_VERIFICATION|RATE_LIMIT_.*|SMTP_.*|MAIL_FROM|SMS_PROVIDER_URL|FCM_.*|VAPID_.*|LIVEKIT_.*|TURN_.*|OTEL_.*|FFMPEG_PATH|MEDIA_.*BYTES|WS_MAX_.*|MAX_GROUP_MEMBERS|BCRYPT_ROUNDS)$/

/** The environment of section 16 of the wire contract that all services of a stack share. */
export function serviceEnvironment(needs: EnvironmentNeeds): Record<string, string> {
  const { infra, secrets } = needs
  const own = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))
  return {
    ...Object.fromEntries(own.map(([name, value]) => [name, value ?? ''])),
    NODE_ENV: needs.nodeEnv,
    PUBLIC_URL: needs.publicUrl,
    ALLOWED_ORIGINS: [needs.publicUrl, ...needs.otherOrigins].join(','),
    MAIN_API_INTERNAL_URL: needs.internalUrl,
    MEDIA_SERVICE_URL: needs.mediaUrl,
    ...databaseParts(needs.databaseUrl),
    DATABASE_URL: needs.databaseUrl,
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(infra.ports.redis),
    REDIS_PASSWORD: secrets.redisPassword,
    REDIS_URL: infra.redis.url,
    RABBITMQ_URL: infra.rabbitmqUrl,
    S3_ENDPOINT: infra.s3.endpoint,
    S3_REGION: infra.s3.region,
    S3_ACCESS_KEY: infra.s3.accessKey,
    S3_SECRET_KEY: infra.s3.secretKey,
    S3_BUCKET: infra.s3.bucket,
    JWT_SECRET: secrets.jwtSecret,
    SERVICE_SECRET: secrets.serviceSecret,
    ENCRYPTION_KEY: secrets.encryptionKey,
    PASSWORD_PEPPER: secrets.passwordPepper,
  }
}

function databaseParts(databaseUrl: string): Record<string, string> {
  const url = new URL(databaseUrl)
  return {
    DATABASE_HOST: url.hostname,
    DATABASE_PORT: url.port,
    DATABASE_NAME: url.pathname.slice(1),
    DATABASE_USER: url.username,
    DATABASE_PASSWORD: url.password,
  }
}
