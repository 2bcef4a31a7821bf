export { chatHeads, firstHeads } from './heads.js'
