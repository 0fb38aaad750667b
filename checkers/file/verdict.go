package file

import (
	"fmt"
	"math"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/track"
)

// Judge is the result that the content of a file stands for. Its number times the weight, times -1 with
// reverse, is added to the weight of the real server; -2^31 or less is a failure. Without a weight any
// number but 0 is a failure, or 0 with reverse. name is the track_file's.
func Judge(name, content string, weight int, reverse bool) checkers.Result {
	value := track.ParseValue(content)
	r := checkers.Result{Status: value}
	if weight == 0 {
		if r.OK = (value != 0) == reverse; !r.OK {
			r.Detail = fmt.Sprintf("track_file %s holds %d", name, value)
		}
		return r
	}
	factor := int64(weight)
	if reverse {
		factor = -factor
	}
	product := int64(value) * factor // both fit in 32 bits
	if product <= math.MinInt32 {
		r.Detail = fmt.Sprintf("track_file %s holds %d, times %d", name, value, factor)
		return r
	}
	r.OK, r.HasWeight, r.Relative, r.Weight = true, true, true, min(product, math.MaxInt32)
	return r
}
