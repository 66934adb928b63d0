# compare_counts.awk BASELINE COUNTS: the counts as a table, with what is too much.
function cell(figure) { return sprintf(" %9s |", figure) }

/^#/ { compiler[FILENAME == ARGV[1]] = $0; next }
FILENAME == ARGV[1] { before[$1] = $2; next }
FNR == 2 {
  bare = $2 / $3
  change = before[$1] ? $2 / before[$1] : 0
  is_comparable = compiler[0] == compiler[1] && change > 0.995 && change < 1.005
  printf "| %-28s | %9s | %9s | %9s | %9s |\n", "run", "Minstr", "an event", "of bare", "of before"
  printf "| %-28s | %9s | %9s | %9s | %9s |\n", "---", "--:", "--:", "--:", "--:"
}
{
  ratio = before[$1] ? $2 / before[$1] : 0
  printf "| %-28s |%s%s%s%s\n", $1, cell(sprintf("%.1f", $2 / 1e6)), cell(sprintf("%.0f", $2 / $3)),
         cell(sprintf("%.2f", $2 / $3 / bare)), cell(is_comparable && ratio ? sprintf("%.3f", ratio) : "")
  if (!is_comparable) next
  if (ratio > 1.03 || !ratio) worse = worse " " $1
  if (ratio && ratio < 0.97) better = better " " $1
}
END {
  if (!is_comparable) print "note: the baseline was counted with another compiler or other libraries; nothing is compared"
  if (better) print "note: fewer instructions than the baseline:" better "; ./bench.sh --accept keeps the gain"
  if (worse) {
    print "error: more instructions than bench/baseline.txt allows (3 %), or none there:" worse
    print "error: if they are worth it, run ./bench.sh --accept and commit bench/baseline.txt with the reason"
  }
}
