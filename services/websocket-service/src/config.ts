import {
  commonFields,
  fields,
  jwtFields,
  rateFields,
  readConfig,
  redisFields,
  serviceFields,
} from '@sup/service-kit/env'
import { z } from 'zod'

const schema = z.object({
  ...commonFields,
  ...redisFields,
  ...serviceFields,
  JWT_SECRET: jwtFields.JWT_SECRET,
  JWT_ISSUER: jwtFields.JWT_ISSUER,
  JWT_EXPIRES_IN: jwtFields.JWT_EXPIRES_IN,
  RATE_LIMIT_API_PER_MINUTE: rateFields.RATE_LIMIT_API_PER_MINUTE,
  RATE_LIMIT_MESSAGES_PER_MINUTE: rateFields.RATE_LIMIT_MESSAGES_PER_MINUTE,
  WEBSOCKET_PORT: fields.port(3001),
  WS_MAX_CONNECTIONS_PER_USER: fields.int(10, { min: 1, max: 1000 }),
  PRESENCE_TTL: fields.int(300, { min: 1 }),
})

/** What this service knows about its surroundings; secrets included, so never logged. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * Reads the environment; the only place of this service that does.
 *
 * @param env `process.env` if absent.
 * @throws ConfigError that lists every problem at once.
 */
export const readWebsocketConfig = (env?: NodeJS.ProcessEnv): Config =>
  readConfig(schema, {
    service: 'websocket-service',
    ...(env === undefined ? {} : { env }),
  })
