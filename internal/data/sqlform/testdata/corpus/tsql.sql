select top 10 [a b], [c]]d], N'x', @v, @@rowcount, #tmp.a from #tmp with (nolock) cross apply f(a) x outer apply g(b) y where a = @p;
declare @x int = 1; set @x = @x + 1; exec sp_x @a = 1, @b = N'y';
create table [dbo].[t] ([id] int identity(1, 1) not null, constraint [pk] primary key clustered ([id] asc));
select 1;
select a from t order by b offset 5 rows fetch next 10 rows only;
merge [t] as x using (select 1 as a) as y on x.a = y.a when matched then delete;
