package director

import "testing"

func TestSeedSpreadsFirstChecksTheSameAtEveryStart(t *testing.T) {
	seed := uint64(5)
	first, second, free := randomOf(&seed), randomOf(&seed), randomOf(nil)
	same := true
	for range 20 {
		n := first()
		if n != second() {
			t.Fatal("two starts with one seed differ")
		}
		same = same && n == free()
	}
	if same {
		t.Error("without a seed it is the same")
	}
}
