export { administrators } from './administrators.js'
