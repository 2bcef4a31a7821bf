export { reserveBytes } from './reserve-bytes.js'
