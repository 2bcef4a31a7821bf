export { type Vapid, readVapid } from './vapid.js'
