// Something to execute: allocates small and large objects, makes the runtime load and compile, throws and catches, collects.
// The framework's own compiler makes it:   %WINDIR%\Microsoft.NET\Framework64\v4.0.30319\csc.exe /target:library Hello.cs
using System;
using System.Collections.Generic;

public static class Hello
{
    // The shape that ExecuteInDefaultAppDomain asks for: static int METHOD(string). The argument is how many objects; the result a check sum of them.
    public static int Run(string argument)
    {
        int count;
        if (!int.TryParse(argument, out count))
            count = 10000;
        var kept = new List<byte[]>();
        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            kept.Add(new byte[16 + i % 200]);
            if (i % 1000 == 0)
                kept.Add(new byte[100000]);
            sum = unchecked(sum * 31 + kept[kept.Count - 1].Length);
        }
        GC.Collect();
        try
        {
            throw new InvalidOperationException("caught");
        }
        catch (InvalidOperationException exception)
        {
            return unchecked(sum + exception.Message.Length) & 0x7FFFFFFF;
        }
    }
}
