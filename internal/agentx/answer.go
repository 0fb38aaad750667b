package agentx

// View answers what is asked of the registered subtrees, as they are at one moment.
type View interface {
	// Get is the value of a variable; of one that is not there, of type NoSuchObject or NoSuchInstance.
	Get(OID) Value
	// Next is the first variable behind name, or name itself with include; false: there is none.
	Next(name OID, include bool) (VarBind, bool)
}

// Handler is who answers a session.
type Handler interface {
	View() View
	// Test tells whether all of the values may be set, else which one not, from 1 on. Commit sets those of
	// the last Test and says whether that succeeded. Of several masters' threads only one sets at a time.
	Test(binds []VarBind) (Error, int)
	Commit() Error
}

// maxBinds bounds an answer: what is longer, an SNMP message does not hold anyway.
const maxBinds = 2000

// answer is the payload of the response to a request; nil: it gets none.
func answer(h Handler, r request) []byte {
	switch r.kind {
	case kindGet:
		view := h.View()
		var binds []VarBind
		for _, s := range r.ranges {
			binds = append(binds, VarBind{s.from, view.Get(s.from)})
		}
		return response(NoError, 0, binds)
	case kindGetNext:
		view := h.View()
		var binds []VarBind
		for _, s := range r.ranges {
			binds = append(binds, next(view, s))
		}
		return response(NoError, 0, binds)
	case kindGetBulk:
		return response(NoError, 0, bulk(h.View(), r))
	case kindTestSet:
		err, index := h.Test(r.binds)
		return response(err, index, nil)
	case kindCommitSet:
		if err := h.Commit(); err != NoError {
			return response(err, 1, nil)
		}
		return response(NoError, 0, nil)
	case kindUndoSet:
		// A commit that failed has changed nothing.
		return response(NoError, 0, nil)
	case kindCleanupSet:
		return nil
	}
	return response(ProcessingError, 0, nil)
}

// next is the first variable in a range; at its end the value says so.
func next(view View, s searchRange) VarBind {
	if v, ok := view.Next(s.from, s.include); ok && (len(s.to) == 0 || v.Name.Compare(s.to) < 0) {
		return v
	}
	return VarBind{s.from, Value{Type: EndOfMIBView}}
}

// bulk is RFC 2741 section 7.2.3.3: the first ranges once, the others again and again.
func bulk(view View, r request) []VarBind {
	once := min(r.nonRepeaters, len(r.ranges))
	var binds []VarBind
	for _, s := range r.ranges[:once] {
		binds = append(binds, next(view, s))
	}
	repeated := r.ranges[once:]
	for range r.repetitions {
		more := false
		for i := range repeated {
			if len(binds) >= maxBinds {
				return binds
			}
			v := next(view, repeated[i])
			binds = append(binds, v)
			repeated[i].from, repeated[i].include = v.Name, false
			more = more || v.Value.Type != EndOfMIBView
		}
		if !more {
			break
		}
	}
	return binds
}
