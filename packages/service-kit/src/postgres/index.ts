export {
  type Database,
  type DatabaseOptions,
  type Sql,
  checkDatabase,
  createDatabase,
  hotPath,
} from './database.js'
export { isUniqueViolation, mapDatabaseError } from './database-error.js'
export { type HeldLock, holdLock } from './held-lock.js'
export { type OutboxEntry, outbox } from './outbox.js'
export { pgp, prepare } from './driver.js'
