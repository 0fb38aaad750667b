package track

// counted: another number of processes match.
func (c *Core) counted(o *object, n int) {
	rose := n > o.value
	o.value = n
	up := o.satisfied()
	switch {
	case !o.known:
		o.known, o.up = true, up
		c.turned(o)
	case up == o.up:
		o.settle = never
	case o.settle != never:
		// A change that is already waiting goes on waiting.
	case rose:
		o.settle = c.now + o.ForkDelay
	default:
		o.settle = c.now + o.TerminateDelay
	}
}

// settled: a change has lasted for its delay.
func (c *Core) settled(o *object) {
	o.settle = never
	o.up = o.satisfied()
	c.turned(o)
}
