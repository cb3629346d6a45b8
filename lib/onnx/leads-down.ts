/** Whether a path is relative and goes up nowhere; on Windows a backslash separates too, and a colon follows a drive. */
export function leadsDown(path: string): boolean {
  return path !== "" && !/^[/\\]|[:\0]/.test(path) && !path.split(/[/\\]/).includes("..");
}
