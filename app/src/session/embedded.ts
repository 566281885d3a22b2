/**
 * The page is shown inside another site. Static hosts cannot forbid that, so there the app only reads and runs:
 * it does not touch what is kept on the device, and nothing can be changed.
 */
export const embedded: boolean = window.top !== window.self;
