package speaker

// Director is the LVS side of this host as the speaker sees it.
type Director interface {
	// Masters tells which instances and sync groups are MASTER now: the whole set each time. The
	// channel is closed when the kernel's IPVS table agrees; it may never be, so callers bound
	// their wait. It must not block.
	Masters(instances, groups []string) <-chan struct{}
}
