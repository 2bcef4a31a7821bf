export {
  type JobHandler,
  type JobQueue,
  type RunningJob,
  createJobQueue,
  onJob,
} from './job-queue.js'
