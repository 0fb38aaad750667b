// Package apply does the steps of a plan and undoes them. What was done is written to a file before it
// is done, so that whatever happens it can be undone. The file belongs under /run: addresses, sysctls
// and rules do not outlive a boot, and neither may the memory of them.
package apply
