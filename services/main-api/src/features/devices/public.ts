export { claimDevice } from './claim-device.js'
export type { StoredDevice } from './device-store.js'
export { type Discarded, announceDiscarded, discardDevice } from './discard-device.js'
