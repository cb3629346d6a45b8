/** A model that is being added lies in a folder whose name begins so; then come the process that adds it, and a dash. */
export const ADDING = ".adding-";
