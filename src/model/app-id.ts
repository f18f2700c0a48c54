/**
 * Ids of apps that can be served: HAProxy takes no other characters in names, and gives some a meaning in lines that all apps share.
 * Marathon's own rule is narrower (lower case, digits, `.-/`).
 */
export const APP_ID = /^[A-Za-z0-9._/][A-Za-z0-9._:/-]*$/;
