export type { TypingLoop } from './typing-loop.js'
