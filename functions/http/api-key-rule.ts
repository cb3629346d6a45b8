/** An entry of the list of API keys: owner=key, the key at least 16 printable characters. The deployment checks it too. */
export const API_KEY = /^[A-Za-z0-9_-]{1,64}=[\x21-\x7e]{16,}$/;
