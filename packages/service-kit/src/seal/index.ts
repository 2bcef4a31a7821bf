export { BadSealError, type Sealer, createSealer } from './seal.js'
