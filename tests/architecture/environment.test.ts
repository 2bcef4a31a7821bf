import { describe, expect, it } from '@jest/globals'
import { listFolders, readText } from './tree.js'

// The list of the wire contract, section 16: it is fixed, so a change here is a change of the contract.
const CORE = `
  NODE_ENV LOG_LEVEL PUBLIC_URL ALLOWED_ORIGINS TRUSTED_PROXIES REGISTRATION_MODE REQUIRE_EMAIL_VERIFICATION
  MAIN_API_PORT MAIN_API_INTERNAL_PORT WEBSOCKET_PORT MEDIA_PORT WORKER_HEALTH_PORT MAIN_API_INTERNAL_URL
  MEDIA_SERVICE_URL DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD DATABASE_URL
  DATABASE_REPLICA_URL DB_POOL_MIN DB_POOL_MAX REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_URL REDIS_TTL
  REDIS_CLUSTER_NODES RABBITMQ_URL KAFKA_BROKERS S3_ENDPOINT S3_PUBLIC_ENDPOINT S3_REGION S3_ACCESS_KEY
  S3_SECRET_KEY S3_BUCKET MEDIA_MAX_BYTES MEDIA_QUOTA_BYTES MEDIA_URL_TTL JWT_SECRET JWT_ISSUER JWT_EXPIRES_IN
  REFRESH_TOKEN_TTL_DAYS SERVICE_SECRET ENCRYPTION_KEY PASSWORD_PEPPER BCRYPT_ROUNDS RATE_LIMIT_API_PER_MINUTE
  RATE_LIMIT_AUTH_PER_MINUTE RATE_LIMIT_MESSAGES_PER_MINUTE WS_MAX_CONNECTIONS_PER_USER MAX_GROUP_MEMBERS
  MESSAGE_EDIT_WINDOW_SECONDS PRESENCE_TTL STORY_TTL_HOURS SMTP_HOST SMTP_PORT SMTP_USER SMTP_PASSWORD MAIL_FROM
  SMS_PROVIDER_URL FCM_SERVICE_ACCOUNT VAPID_PRIVATE_KEY LIVEKIT_URL LIVEKIT_API_KEY LIVEKIT_API_SECRET TURN_URLS
  TURN_SECRET GRAFANA_ADMIN_PASSWORD BACKUP_DIR BACKUP_RETENTION_DAYS`
  .trim()
  .split(/\s+/)

/** Where tools of the machine are; not counted (wire-contract 16). */
const TOOLING = ['FFMPEG_PATH']

const lines = readText('.env.example').split('\n')
const variables = lines.flatMap((line) => /^([A-Z0-9_]+)=/.exec(line)?.[1] ?? [])

describe('.env.example', () => {
  it('has exactly the 72 core variables, in their order', () => {
    expect(CORE).toHaveLength(72)
    expect(variables).toEqual(CORE)
  })

  it('holds no secret', () => {
    const secrets = lines.filter((line) => /(PASSWORD|SECRET|_KEY|PEPPER|_ACCOUNT)=./.test(line))
    expect(secrets).toEqual([])
  })

  it('says how to make each secret', () => {
    for (const name of CORE.filter((one) => /(PASSWORD|SECRET|ENCRYPTION_KEY|PEPPER)$/.test(one))) {
      const above = lines.slice(0, lines.indexOf(`${name}=`)).reverse()
      const comment = above
        .slice(
          0,
          above.findIndex((line) => !line.startsWith('#')),
        )
        .join('\n')
      expect([name, comment]).toEqual([name, expect.stringMatching(/Secret/)])
    }
  })
})

describe('a config schema', () => {
  const files = [
    'packages/service-kit/src/env/shared-fields.ts',
    ...listFolders('services').map((service) => `services/${service}/src/config.ts`),
  ]

  it.each(files)('%s knows only variables of .env.example', (file) => {
    const keys = [...readText(file).matchAll(/^\s+([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1])
    expect(keys.length).toBeGreaterThan(0)
    const known = [...variables, ...TOOLING]
    expect(keys.filter((key) => !known.includes(key ?? ''))).toEqual([])
  })
})
