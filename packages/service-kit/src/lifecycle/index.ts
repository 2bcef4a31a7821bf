export { type Life, type ServiceOptions, runService } from './run-service.js'
