export { EXCHANGES, QUEUES } from '@sup/types'
export {
  type Chosen,
  type DeadLetter,
  type Delivery,
  type Duties,
  type DutyHandler,
  type DutyMessage,
  PermanentFailure,
  createDuties,
} from './duties.js'
