export * from './index.js'
export { openFileStorage } from './node/file-storage.js'
