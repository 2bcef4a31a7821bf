import {
  commonFields,
  fields,
  jwtFields,
  postgresFields,
  rateFields,
  readConfig,
  redisFields,
  s3Fields,
  serviceFields,
} from '@sup/service-kit/env'
import { z } from 'zod'

const schema = z.object({
  ...commonFields,
  ...postgresFields,
  ...redisFields,
  ...s3Fields,
  ...serviceFields,
  JWT_SECRET: jwtFields.JWT_SECRET,
  JWT_ISSUER: jwtFields.JWT_ISSUER,
  JWT_EXPIRES_IN: jwtFields.JWT_EXPIRES_IN,
  ...rateFields,
  /** The internal listener is ten above: `mediaInternalPort`. */
  MEDIA_PORT: fields.port(3003),
  MEDIA_MAX_BYTES: fields.int(104_857_600, { min: 1 }),
  MEDIA_QUOTA_BYTES: fields.int(5_368_709_120, { min: 0 }),
  MEDIA_URL_TTL: fields.int(3600, { min: 1, max: 604_800 }),
  BACKUP_RETENTION_DAYS: fields.int(14, { min: 1 }),
})

/** What media-service knows about its surroundings; secrets included, so never logged. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * Reads the environment; the only place of this service that does.
 *
 * @param env `process.env` if absent.
 * @throws ConfigError that lists every problem at once.
 */
export const readMediaConfig = (env?: NodeJS.ProcessEnv): Config =>
  readConfig(
    schema,
    env === undefined ? { service: 'media-service' } : { service: 'media-service', env },
  )
