select `my-project.ds.t`.a, r'a\d', b'x', """triple "quoted" text""", '''it's''', 'it\'s', a[offset(0)], struct(1 as x), [1, 2] from `p.d.t` where a = @p
and b = 1;
select * except (a), * replace (b as c) from t qualify row_number() over (partition by a order by b) = 1;
select a from unnest([1, 2, 3]) as a with offset as o;
create temp function f(x int64) returns int64 as (x * 2);
