/**
 * Names what the compiler makes of kernels. Times that were measured by another version say nothing: tables of them are left
 * aside. Count up whenever the same kernel and config give other code, or the key of a choice means something else.
 */
export const compilerVersion = "35";
