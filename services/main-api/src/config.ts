import {
  commonFields,
  fields,
  jwtFields,
  postgresFields,
  pushFields,
  rabbitFields,
  rateFields,
  readConfig,
  redisFields,
  serviceFields,
  smtpFields,
} from '@sup/service-kit/env'
import { readVapid } from '@sup/service-kit/vapid'
import { z } from 'zod'

const FEWEST_ROUNDS_IN_PRODUCTION = 12

const schema = z
  .object({
    ...commonFields,
    ...postgresFields,
    ...redisFields,
    ...rabbitFields,
    ...jwtFields,
    ...rateFields,
    SERVICE_SECRET: serviceFields.SERVICE_SECRET,
    MEDIA_SERVICE_URL: fields.url('http://media-service:3003'),
    MAIN_API_PORT: fields.port(3000),
    MAIN_API_INTERNAL_PORT: fields.port(3010),
    REGISTRATION_MODE: fields.choice(['open', 'invite', 'closed'], 'open'),
    REQUIRE_EMAIL_VERIFICATION: fields.flag(false),
    ...pushFields,
    ENCRYPTION_KEY: fields.secret(),
    PASSWORD_PEPPER: fields.secret(),
    SMTP_HOST: smtpFields.SMTP_HOST,
    BCRYPT_ROUNDS: fields.int(12, { min: 4, max: 16 }),
    MAX_GROUP_MEMBERS: fields.int(1000, { min: 2, max: 100_000 }),
    MESSAGE_EDIT_WINDOW_SECONDS: fields.int(0, { min: 0 }),
    WS_MAX_CONNECTIONS_PER_USER: fields.int(10, { min: 1, max: 1000 }),
    PRESENCE_TTL: fields.int(300, { min: 1 }),
    MEDIA_MAX_BYTES: fields.int(104_857_600, { min: 1 }),
    MEDIA_QUOTA_BYTES: fields.int(5_368_709_120, { min: 1 }),
    STORY_TTL_HOURS: fields.int(24, { min: 1 }),
  })
  .refine(
    (config) =>
      config.NODE_ENV !== 'production' || config.BCRYPT_ROUNDS >= FEWEST_ROUNDS_IN_PRODUCTION,
    {
      path: ['BCRYPT_ROUNDS'],
      message: `is less than ${FEWEST_ROUNDS_IN_PRODUCTION}, which production refuses`,
    },
  )
  .refine(({ VAPID_PRIVATE_KEY: key }) => key === undefined || readVapid(key) !== undefined, {
    path: ['VAPID_PRIVATE_KEY'],
    message: 'is no private key of P-256 in base64url',
  })
  // Nothing asks for it yet: with the switch on, people would be told what does not hold.
  .refine((config) => !config.REQUIRE_EMAIL_VERIFICATION, {
    path: ['REQUIRE_EMAIL_VERIFICATION'],
    message: 'cannot be true yet: this version does not enforce it',
  })

/** What main-api knows about its surroundings; secrets included, so never logged. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * Reads the environment; the only place of this service that does.
 *
 * @param env `process.env` if absent.
 * @throws ConfigError that lists every problem at once.
 */
export const readMainApiConfig = (env?: NodeJS.ProcessEnv): Config =>
  readConfig(schema, env === undefined ? { service: 'main-api' } : { service: 'main-api', env })
