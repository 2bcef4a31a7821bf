export { ConfigError, isProduction, readConfig } from './env.js'
export { type Field, fields } from './fields.js'
export {
  commonFields,
  databaseUrl,
  jwtFields,
  mediaInternalPort,
  mediaInternalUrl,
  postgresFields,
  pushFields,
  rabbitFields,
  rateFields,
  redisFields,
  redisUrl,
  s3Fields,
  serviceFields,
  smtpFields,
} from './shared-fields.js'
