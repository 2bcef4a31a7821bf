export {
  type JobHandler,
  type JobQueue,
  type RunningJob,
  createJobQueue,
  onJob,
} from './job-queue.js'
export {
  JOB_STATES,
  type JobCounts,
  type JobDesk,
  type JobNote,
  type JobState,
  createJobDesk,
} from './job-desk.js'
