export { deliveryStore } from './delivery-store.js'
