export { type HintHandler, type Hints, createHints } from './hints.js'
